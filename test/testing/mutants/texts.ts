import type { WriteResult } from "zession";
import { kindOf, type Mutation, texted, told } from "./mutation.ts";

/** Drivers that change texts. */
export const texts: Record<string, Mutation> = {
  "cuts texts at 64 KiB": texted((text) => text.slice(0, 65536)),
  "cuts texts at 100 kB": texted((text) => text.slice(0, 100_000)),
  "cuts texts at 256 KiB of UTF-8": texted((text) =>
    Buffer.from(text)
      .subarray(0, 256 * 1024)
      .toString(),
  ),
  "drops long texts without an error": (right) => ({
    write: (key, text, options): WriteResult =>
      text.length > 400_000
        ? { written: true, version: "dropped" }
        : right.write(key, text, options),
  }),
  "rejects long texts with any error": (right) => ({
    write: (key, text, options) => {
      if (text.length > 400_000) throw new Error("value too long");
      return right.write(key, text, options);
    },
  }),
  "removes what a text is too long to replace": (right) => ({
    write: (key, text, options) => {
      if (text.length > 400_000) {
        right.remove(key);
        throw Object.assign(new Error("too long"), { code: "ERR_SESSION_TOO_LARGE" });
      }
      return right.write(key, text, options);
    },
  }),
  "trims texts": texted((text) => text.trim()),
  "normalises line ends": texted((text) => text.replaceAll("\r\n", "\n")),
  "normalises texts to NFC": texted((text) => text.normalize("NFC")),
  "loses characters beyond the BMP": texted((text) =>
    text.replace(/[\u{10000}-\u{10ffff}]/gu, "?"),
  ),
  "keeps Latin-1 only": texted((text) => Buffer.from(text, "latin1").toString("latin1")),
  "drops byte order marks": texted((text) => text.replaceAll("\ufeff", "")),
  "drops controls": texted((text) => text.replace(/[\u007f-\u009f]/g, "")),
  "escapes quotes twice": texted((text) => text.replaceAll("'", "''")),
  "escapes HTML": texted((text) => text.replaceAll("<", "&lt;")),
  "decodes percent signs": texted((text) => text.replaceAll("%41", "A")),
  "writes JSON anew": texted((text) => {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch {
      return text;
    }
  }),
  "drops __proto__": texted((text) => text.replace('"__proto__":1', "")),
  "gives numbers for texts of digits": told((it) => ({
    ...it,
    text: /^\d+$/.test(it.text) ? Number(it.text) : it.text,
  })),
  "gives numbers' texts as SQLite's NUMERIC does": texted((text) =>
    text.trim() !== "" && Number.isFinite(Number(text)) ? `${Number(text)}` : text,
  ),
  "takes an empty text for none": (right) => ({
    read: (key) => {
      const record = right.read(key);
      return record?.text ? record : undefined;
    },
  }),
  "takes the text null for none": (right) => ({
    write: (key, text, options) =>
      options.if === "absent" && right.read(key)?.text === "null"
        ? right.write(key, text, { ...options, if: undefined })
        : right.write(key, text, options),
  }),
  "cuts texts in updates only": (right) => ({
    write: (key, text, options) =>
      right.write(key, kindOf(options) === "version" ? text.slice(0, 1000) : text, options),
  }),
  "trims texts when they are touched": (right, backend) => ({
    touch: (key, options) => {
      const isTouched = right.touch(key, options);
      const stored = backend.get(key);
      if (isTouched && stored) backend.set(key, { ...stored, text: stored.text.trim() });
      return isTouched;
    },
  }),
  "shows a cut text in a conflict": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      if (result.written || result.current === undefined) return result;
      const { current } = result;
      return { written: false, current: { ...current, text: current.text.slice(0, 5000) } };
    },
  }),
};
