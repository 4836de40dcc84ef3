interface SystemError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

/** The settings or flags that say where a command listens. */
interface Named {
  readonly host: string;
  readonly port: string;
}

/** Why a process cannot start. Node's own words for an address that cannot be had name neither setting nor remedy. */
export function startProblem(error: unknown, named: Named): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { code, syscall, port, address, hostname }: SystemError = error;
  if (syscall === 'listen' && code === 'EADDRINUSE') {
    return `Port ${port} is taken by another process: end that one, or set ${named.port} to a free port.`;
  }
  if (syscall === 'listen' && code === 'EACCES') {
    return `Port ${port} is not open to this user: set ${named.port} to a port from 1024 up.`;
  }
  // Only here is a host looked up without a wrapper that says what for.
  if ((syscall === 'listen' && code === 'EADDRNOTAVAIL') || syscall === 'getaddrinfo') {
    return `${address ?? hostname} is no address of this machine: set ${named.host} to one that is, or to 0.0.0.0 for all.`;
  }
  return error.message;
}
