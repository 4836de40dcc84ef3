/** The names of what all processes share (SharedValues). */
export const planFileHashName = 'planFileHash';
export const downgradesName = 'downgrades';
export const catalogEpochName = 'catalogEpoch';
