/** Something that happens once, to be waited for. */
export function signal(): { readonly sent: Promise<void>; readonly send: () => void } {
  let send = (): void => {};
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { sent, send };
}
