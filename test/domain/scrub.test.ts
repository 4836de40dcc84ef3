import { describe, expect, it } from 'vitest';
import { createScrub } from '../../src/domain/scrub.ts';

describe('P9: scrubbing a text of an upstream', () => {
  const scrub = createScrub(['unkey_root_abcdefgh', 'unkey_root_abcdefgh_longer', 'short', '']);

  it('takes out every configured secret wherever it stands, the longest first', () => {
    expect(scrub('key "unkey_root_abcdefgh_longer" or unkey_root_abcdefgh?')).toBe(
      'key "[secret]" or [secret]?',
    );
  });

  it('takes out e-mail addresses', () => {
    expect(scrub('No such customer: jane.doe+x@mail.example.com (or <a@b.de>)')).toBe(
      'No such customer: [e-mail] (or <[e-mail]>)',
    );
  });

  it('leaves other texts alone, words as short as a weak secret included', () => {
    const text = 'a short word, user@localhost, price_1, https://unkey.com/docs';
    expect(scrub(text)).toBe(text);
  });
});
