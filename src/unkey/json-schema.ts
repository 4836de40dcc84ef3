import { z } from 'zod';
import { updateIdentityRequest } from './request-schema.ts';

/**
 * The JSON Schema of an update's request: Unkey's published `V2IdentitiesUpdateIdentityRequestBody` (draft 2020-12),
 * with `RatelimitRequest` among its `$defs` instead of in a document of its own, and
 * without its `$id`: that has a fragment, which validators refuse.
 */
export function updateIdentityJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(updateIdentityRequest, {
    // What is sent has every field, so that `autoApply` is required as Unkey has it.
    io: 'output',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def;
      // The safe integers of JavaScript are no bound of Unkey's.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (type === 'record') {
        delete jsonSchema.propertyNames;
        jsonSchema.additionalProperties = true;
      }
      if (jsonSchema.id === 'RatelimitRequest') {
        delete jsonSchema.additionalProperties;
      }
    },
  });
}
