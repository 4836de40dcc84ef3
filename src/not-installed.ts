/** Whether an import failed because an optional dependency was left out of the installation. */
export function notInstalled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
