export interface Answer {
  /** 0 where it is left out. */
  readonly code?: number;
  /** What it says, on either stream. */
  readonly says: RegExp;
  /** It goes on from there, until it is stopped. */
  readonly goesOn?: true;
}

/** What each command answers in a world where one is held, one fails and somebody of another account has no identity yet. */
export const answers: readonly (readonly [begins: string, Answer])[] = [
  ['api identities', { says: /^req_\w+ \(took \d+ms\)\n/ }],
  ['api identities list-identities --output=json', { says: /^\{\s+"meta": \{\s+"requestId"/ }],
  ['audit', { says: /reconcile repair=none/ }],
  ['audit --json', { says: /"action": "reconcile"/ }],
  ['audit --since 7d --json', { says: /"action": "reconcile"/ }],
  [
    'catch-up',
    {
      says: /^Stripe made \d+ events in the gap: \d+ had arrived, \d+ had not; \d+ customers? looked at again, \d+ changed$/m,
    },
  ],
  ['catch-up --dry-run', { says: /^Stripe made \d+ events in the gap: .* nothing was done\.$/m }],
  ['check', { says: /^plans\.yaml can be used: 2 plans, 1 add-on, 0 warnings\.$/m }],
  ['check --stripe', { says: /^plans\.yaml can be used: 2 plans, 1 add-on, 2 warnings\.$/m }],
  ['COMMAND', { says: /^Usage: planwire \[options\] \[command\]/ }],
  ['doctor', { says: /^\d+ checks: 0 wrong, \d+ to look at\.$/m }],
  ['doctor --json', { says: /^\{\s+"checks": \[/ }],
  ['explain', { says: /^cus_Q1\n[\s\S]*Plan team has the highest rank[\s\S]*Nothing was written\./ }],
  [
    'explain acct_1PlatformsShop/sub_1',
    { code: 1, says: /^acct_1PlatformsShop\/cus_1\n[\s\S]*a sync is applied/ },
  ],
  ['failing', { code: 1, says: /cus_nobody.*identity_unknown/ }],
  ['held', { code: 1, says: /cus_held.*waits for you/ }],
  ['held --all', { says: /^1 downgrade released\.$/m }],
  ['help CODE', { says: /^### `unmapped_item`/ }],
  ['init', { says: /^plans\.yaml is written\.\n[\s\S]*^\.env is written\.$/m }],
  [
    'init --create-endpoint',
    { says: /^we_\w+ at Stripe leads to .* for connected accounts; its secret is in \.env\.$/m },
  ],
  ['init --env', { says: /^report\.jsonl is written\.$/m }],
  ['init --plans', { says: /^report\.jsonl is written\.$/m }],
  ['mcp', { says: /"serverInfo":\{"name":"planwire"/ }],
  ['mcp --allow-writes', { says: /"name":"release"/ }],
  ['migrate', { says: /^The schemas planwire and planwire_queues are up to date\.$/m }],
  ['plans diff', { says: /^5 customers: 0 raised, 0 lowered, / }],
  ['plans diff --json', { says: /^\{\s+"customers": 5,/ }],
  ['plans diff --markdown', { says: /^### What this plan file would do\n\n- 5 customers: / }],
  ['prove --key', { says: /^cus_Q1 user_123: VALID\n✓\trequests\t1,000\/1h/ }],
  ['reconcile', { code: 1, says: /^5 customers, \d in step, .*1 no_external_id,.* 1 held/m }],
  ['reconcile --customer', { says: /^1 customer, 1 in step; / }],
  ['reconcile --json', { code: 1, says: /^\{"summary":\{"customers":5,/m }],
  ['reconcile --plan', { code: 1, says: /^3 customers, \d in step, .*1 no_external_id; /m }],
  ['reconcile apply', { says: /^1 customer, .* 1 repaired;/m }],
  ['reconcile apply --exit-zero', { says: /no longer as it was reported/ }],
  ['replay --failed', { code: 1, says: /^1 customer synced again, 1 of them still failing\.$/m }],
  ['runs', { says: /done\s+reconcile/ }],
  ['sandbox', { says: /STRIPE_API_BASE_URL=[\s\S]*Press Ctrl-C/, goesOn: true }],
  ['schema', { says: /^\{\s+"\$schema"/ }],
  ['server', { says: /"msg":"listening"/, goesOn: true }],
  ['start', { says: /"msg":"listening"/, goesOn: true }],
  ['sync CUS', { says: /^unchanged out_/ }],
  ['worker', { says: /"msg":"taking jobs"/, goesOn: true }],
];
