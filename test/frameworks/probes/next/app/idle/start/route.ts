import { visitors } from "../../../idle-visitors";

export const POST = visitors.wrap(async ({ visitor }) =>
  Response.json(await visitor.insert({ count: 1 })),
);
