import * as z from 'zod/mini'

/**
 * Adds descriptions in Chinese and English to a schema. The OpenAPI document shows these descriptions (tools/openapi/).
 */
export const described = <T extends z.ZodMiniType>(schema: T, zh: string, en: string): T =>
  schema.check(z.meta({ zh, en })) as T
