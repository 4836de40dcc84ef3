import express from 'express';
import { createPlanwire } from 'planwire';

const {
  STRIPE_SECRET_KEY = '',
  STRIPE_WEBHOOK_SECRET = '',
  UNKEY_ROOT_KEY = '',
  PORT = '3000',
} = process.env;
const { STRIPE_API_BASE_URL, UNKEY_API_BASE_URL } = process.env;

const planwire = createPlanwire({
  stripe: {
    secretKey: STRIPE_SECRET_KEY,
    webhookSecret: STRIPE_WEBHOOK_SECRET,
    ...(STRIPE_API_BASE_URL && { apiBaseUrl: STRIPE_API_BASE_URL }),
  },
  unkey: { rootKey: UNKEY_ROOT_KEY, ...(UNKEY_API_BASE_URL && { apiBaseUrl: UNKEY_API_BASE_URL }) },
  store: { dataDir: './data' },
  plans: 'plans.yaml',
  log: 'warn',
});

planwire.on('applied', ({ customerId, plan }) => {
  console.log(`${customerId} is on ${plan.to} now`);
});

const app = express();
// Before express.json(): what Stripe signed are the very bytes.
app.post('/webhooks/stripe', planwire.webhook);
app.use(express.json());
app.get('/', (_req, res) => {
  res.send('an app of its own');
});
app.get('/customers/:id/why', async (req, res) => {
  const found = await planwire.explain(req.params.id);
  res.status(found === null ? 404 : 200).json(found?.explanation ?? []);
});

await planwire.start();
const server = app.listen(Number(PORT), () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', () => {
  server.close();
  void planwire.stop().then(() => process.exit());
});
