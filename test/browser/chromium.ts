import { type Browser, chromium } from "playwright-core";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

/**
 * Starts a headless Chromium: the one that `CHROME_PATH` names, else the one that the development
 * dependency `@sparticuz/chromium` brings (Linux on x64), unpacked into a temporary folder.
 */
export async function startChromium(): Promise<{ browser: Browser; stop: () => Promise<void> }> {
  const folder = makeFolder("chromium");
  const remove = () => removeFolder(folder);
  try {
    const executablePath = process.env["CHROME_PATH"] ?? (await unpack(folder));
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return {
      browser,
      stop: async () => {
        await browser.close();
        remove();
      },
    };
  } catch (cause) {
    remove();
    throw new Error(
      "Chromium does not start. Set CHROME_PATH to one that does, or install what it lacks: apt-get install libnss3 libexpat1",
      { cause },
    );
  }
}

async function unpack(folder: string): Promise<string> {
  const before = process.env["TMPDIR"];
  // Where the package unpacks to; a folder that others know of would be shared with whatever else
  // runs here.
  process.env["TMPDIR"] = folder;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    return await packed.executablePath();
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}
