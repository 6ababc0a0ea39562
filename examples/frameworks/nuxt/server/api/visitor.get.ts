export default defineEventHandler(async (event) => {
  const session = visitors.of(event.node.req);
  const message = await session.take("message");
  const visitor = await session.find();
  return { message, count: visitor?.count ?? 0, user: visitor?.user };
});
