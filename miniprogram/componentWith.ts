// Types only: Component() for a page that keeps fields beside its data (timers, guards, the last answer). The official
// type can't infer data and methods once the fields are named, so the fields come first here.
import Option = WechatMiniprogram.Component

export type PageWith<Fields extends WechatMiniprogram.IAnyObject> = <
  Data extends Option.DataOption,
  Methods extends Option.MethodOption,
>(
  options: Option.Options<Data, Record<never, never>, Methods, [], Fields, true>,
) => string
