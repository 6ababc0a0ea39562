let shown = "";

/** Shows what is being measured: in one line of a terminal, elsewhere a line for each title. */
export function showProgress(title: string, detail: string): void {
  if (process.stderr.isTTY) {
    const line = `${title}: ${detail}`.slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\u001b[K${line}`);
  } else if (title !== shown) {
    console.error(title);
  }
  shown = title;
}

/** Clears the line. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}
