import * as z from 'zod/mini'

/** A schema with what it means, in both languages of the OpenAPI document (tools/openapi/). */
export const described = <T extends z.ZodMiniType>(schema: T, zh: string, en: string): T =>
  schema.check(z.meta({ zh, en })) as T
