import { createFileRoute } from "@tanstack/react-router";
import { visitors } from "../../visitors.server";

const increment = visitors.wrap(async ({ visitor }) =>
  Response.json(await visitor.upsert({ count: 1 }, (it) => void it.count++)),
);

export const Route = createFileRoute("/api/count")({
  server: { handlers: { POST: ({ request }) => increment(request) } },
});
