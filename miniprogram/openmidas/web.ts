// OpenMidas for browsers as a module: npm run build makes openMidas.mjs of it.
import { createOpenMidas } from './platforms/web/openMidas'

export { openMidasConfig } from './platforms/web/config'

export const OpenMidas = createOpenMidas(async () => (await import('./platforms/web/inDialog')).payInDialog)
