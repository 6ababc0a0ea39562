import { visitors } from "../../../visitors";

export const POST = visitors.wrap(async ({ visitor }) =>
  Response.json(await visitor.upsert({ count: 1 }, (it) => void it.count++)),
);
