/** Planwire loads parts of itself by name, when it needs them: it stays outside the bundle. */
export default { serverExternalPackages: ['planwire'] };
