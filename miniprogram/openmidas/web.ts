// Entry file of openMidas.mjs, the browser module that `npm run build` makes.
import { createOpenMidas } from './platforms/web/openMidas'

export { openMidasConfig } from './platforms/web/config'

export const OpenMidas = createOpenMidas(async () => (await import('./platforms/web/inDialog')).payInDialog)
