import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Chart } from "./section.ts";

/** Draws bars, those of Zession in a colour of their own. */
export function chartSvg({ bars, title, unit }: Chart): Promise<string> {
  const { spec } = compile({
    title: { text: title, anchor: "start" },
    background: "white",
    data: { values: bars.map((bar) => ({ ...bar, isOurs: bar.name.startsWith("Zession") })) },
    facet: {
      row: {
        field: "group",
        type: "nominal",
        sort: [...new Set(bars.map(({ group }) => group))],
        header: { title: null, labelAngle: 0, labelAlign: "left", labelAnchor: "middle" },
      },
    },
    resolve: { scale: { y: "independent" } },
    spec: {
      width: 420,
      height: { step: 16 },
      mark: { type: "bar", tooltip: true },
      encoding: {
        y: { field: "name", type: "nominal", sort: null, title: null },
        x: { field: "value", type: "quantitative", title: unit },
        color: {
          field: "isOurs",
          type: "nominal",
          legend: null,
          scale: { domain: [true, false], range: ["#0b7285", "#adb5bd"] },
        },
      },
    },
  });
  return new View(parse(spec), { renderer: "none" }).toSVG();
}
