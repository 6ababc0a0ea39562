import superjson from "superjson";
import { defineSession } from "zession";
import { z } from "zod";
import { byHand, type Verbs } from "../lib/by-hand.ts";
import { inTurn, nanosecondsPerCall } from "../lib/in-turn.ts";
import { type Chart, type Effort, figure, type Section, type Table } from "../lib/section.ts";
import { median, medianRatio } from "../lib/statistics.ts";
import { type Case, largeCart, number, richCart, smallCart } from "../lib/values.ts";

/** What it costs to write and read a value, beside the same by hand. */
export async function codec({ isQuick }: Effort): Promise<Section> {
  const results = [
    await measure("a number", number, isQuick),
    await measure("a cart", smallCart, isQuick),
    await measure("a cart with dates, a set and a map", richCart, isQuick),
    await measure("a large cart", largeCart, isQuick),
  ];
  return {
    title: "Values: writing and reading",
    text: [
      "Each verb on a session in memory, against a careful program without a library: a `Map` of text, each value parsed by its zod schema on the way in and on the way out, in JSON or by superjson. By hand there is neither expiry nor a bound, and an update that waits loses others. The ratios tell how many times the time of each that Zession takes.",
    ],
    tables: [
      {
        title: "Time for one verb, in µs",
        reading:
          "The last two columns tell how many times as long Zession takes: below 1 it is the faster one.",
        columns: [
          "value",
          "verb",
          "Zession",
          "JSON + zod",
          "superjson + zod",
          "× JSON",
          "× superjson",
        ],
        rows: results.flatMap(({ rows }) => rows),
      } satisfies Table,
    ],
    charts: [
      {
        file: "values",
        title: "Reading and changing a value in memory (upsert)",
        unit: "times as long as JSON.parse, JSON.stringify and zod by hand, or superjson where JSON cannot",
        bars: results.flatMap(({ bars }) => bars),
      },
    ],
  };
}

async function measure<Value>(
  name: string,
  { change, isJson, schema, value }: Case<Value>,
  isQuick: boolean,
): Promise<{ rows: string[][]; bars: Chart["bars"] }> {
  const definition = defineSession({ key: z.string(), value: schema as never, keyFn: () => null });
  const session = definition.session("a") as unknown as Verbs<Value>;
  const bytes = superjson.stringify(value).length;
  const title = `${name}, ${figure(bytes / 1000)} kB`;
  const json = byHand(schema, JSON);
  const super_ = byHand(schema, superjson);
  let turn = 0;
  const verbs: Record<string, (it: Verbs<Value>) => unknown> = {
    find: (it) => it.find(),
    insert: (it) => it.insert(change(value, ++turn)),
    upsert: (it) => it.upsert(value, (current) => change(current, ++turn)),
  };
  const rows: string[][] = [];
  const bars: Chart["bars"][number][] = [];
  for (const [verb, call] of Object.entries(verbs)) {
    for (const it of [session, super_, ...(isJson ? [json] : [])]) await it.insert(value);
    const time = (it: Verbs<Value>) => () => nanosecondsPerCall(() => call(it), isQuick ? 5 : 30);
    const times = await inTurn<string, number>(`values: ${name}`, isQuick ? 3 : 21, {
      zession: time(session),
      super: time(super_),
      ...(isJson ? { json: time(json) } : {}),
    });
    const [ours, superTimes, jsonTimes] = [
      times["zession"] ?? [],
      times["super"] ?? [],
      times["json"] ?? [],
    ];
    const toJson = medianRatio(ours, jsonTimes);
    const toSuper = medianRatio(ours, superTimes);
    const micros = (list: readonly number[]): string => figure(median(list) / 1000);
    rows.push([
      title,
      verb,
      micros(ours),
      micros(jsonTimes),
      micros(superTimes),
      figure(toJson),
      figure(toSuper),
    ]);
    if (verb !== "upsert") continue;
    bars.push({ group: name, name: "Zession", value: isJson ? toJson : toSuper });
    if (isJson) bars.push({ group: name, name: "JSON + zod", value: 1 });
    const superToBase = isJson ? medianRatio(superTimes, jsonTimes) : 1;
    bars.push({ group: name, name: "superjson + zod", value: superToBase });
  }
  await definition.close();
  return { rows, bars };
}
