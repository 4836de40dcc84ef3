/** The names of what all processes share (SharedValues). */
export const planFileLeaseName = 'planFileLease';
export const processesName = 'processes';
export const downgradesName = 'downgrades';
export const catalogEpochName = 'catalogEpoch';
export const acknowledgedProblemsName = 'acknowledgedProblems';
export const reconciledName = 'reconciled';
export const notificationsName = 'notifications';
export const pingsName = 'pings';
