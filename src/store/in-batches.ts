/**
 * Removes by small steps, so that nobody else has to wait for long; several processes may do it at once. `remove`
 * answers how many went. Answers how many that were; aborted, the rest is left for later.
 */
export async function inBatches(
  size: number,
  remove: () => Promise<number>,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (let batch = size; batch === size; removed += batch) {
    if (signal?.aborted === true) return removed;
    batch = await remove();
  }
  return removed;
}
