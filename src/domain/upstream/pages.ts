/** Pages of Stripe and Unkey that a person is sent to. */
export const stripeDashboard = 'https://dashboard.stripe.com';
export const apiKeysPage = `${stripeDashboard}/apikeys`;
export const webhooksPage = `${stripeDashboard}/webhooks`;
export const unkeyDashboard = 'https://app.unkey.com';
export const rootKeysPage = `${unkeyDashboard}/settings/root-keys`;
