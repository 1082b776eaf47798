// Types only: a Component() type for pages that keep fields beside their data (timers, guards, the last answer). With
// the official type, a page must pass the types of its data and methods as soon as it passes the type of such fields.
// With `PageWith<Fields>` the page passes only the fields, and TypeScript infers data and methods.

export type PageWith<Fields extends WechatMiniprogram.IAnyObject> = <
  Data extends WechatMiniprogram.Component.DataOption,
  Methods extends WechatMiniprogram.Component.MethodOption,
>(
  options: WechatMiniprogram.Component.Options<Data, Record<never, never>, Methods, [], Fields, true>,
) => string
