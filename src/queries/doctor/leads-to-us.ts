/** Where Planwire takes deliveries. */
export const webhookPath = '/webhooks/stripe';

export function leadsToUs(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.replace(/\/$/, '').endsWith(webhookPath);
}
