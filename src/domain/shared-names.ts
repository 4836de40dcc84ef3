/** The names of what all processes share (SharedValues). */
export const planFileHashName = 'planFileHash';
export const catalogEpochName = 'catalogEpoch';
