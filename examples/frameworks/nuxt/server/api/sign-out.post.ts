export default defineEventHandler(async (event) => {
  const session = visitors.of(event.node.req);
  await session.remove();
  await session.rotate({ count: 0, message: "You are signed out." }, (it) => it);
  return sendRedirect(event, "/", 303);
});
