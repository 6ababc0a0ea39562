/** What was started and can be ended. */
export interface Removable {
  remove(): Promise<void>;
}

/**
 * Waits for what is being started at once, and puts it on a stack by which it is removed. Where one
 * fails, waits also for the others, so that they are removed too, and throws what it failed with.
 */
export async function startTogether<Started extends readonly (Removable | undefined)[]>(
  stack: AsyncDisposableStack,
  starting: { readonly [Index in keyof Started]: Promise<Started[Index]> | Started[Index] },
): Promise<Started> {
  const outcomes = await Promise.allSettled(starting);
  for (const it of outcomes)
    if (it.status === "fulfilled") stack.defer(async () => it.value?.remove());
  return (await Promise.all(starting)) as unknown as Started;
}
