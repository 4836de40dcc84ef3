export default {
  /** Planwire loads parts of itself by name, when it needs them: it stays outside the bundle. */
  serverExternalPackages: ['planwire'],
  /** Where the site runs without its folder (`output: 'standalone'`, functions), the plan file goes along. */
  outputFileTracingIncludes: { '/api/stripe': ['plans.yaml'] },
};
