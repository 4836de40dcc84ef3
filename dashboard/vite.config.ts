import { defineConfig } from 'vite';

export default defineConfig({
  logLevel: 'warn',
  root: import.meta.dirname,
  base: '/dashboard/',
  // React's runtime and nothing of Babel: the page is small enough to be loaded anew on each change.
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    // Data addresses would need an exception in the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Libraries mark what runs in a browser only; here everything does.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
    license: { fileName: 'licenses.md' },
  },
  // `npm run dashboard` serves the page as it is being written; what it asks for comes from a running Planwire.
  server: { port: 5173, strictPort: true, proxy: { '/v1': 'http://127.0.0.1:3000' } },
});
