/** What goes wrong as an answer: GlasshouseErrors with their code and parts, faults of the program without their trace. */
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { describeError, GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import { printableLines } from '../base/printable.ts'
import type { ApiError } from './api.ts'

/** By code; what is not named here is 422 for a mistake of the user and 500 for one of the machine. */
const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  unauthorised: 401,
  'forbidden-host': 403,
  'forbidden-origin': 403,
  'read-only': 403,
  'outside-folders': 403,
  'no-such-route': 404,
  'no-such-job': 404,
  'no-run': 404,
  'data-missing': 404,
  'file-enoent': 404,
  'file-missing': 404,
  'file-enotdir': 404,
  'body-malformed': 400,
  'body-slow': 408,
  'body-too-large': 413,
  'file-too-large': 413,
  'job-state': 409,
  'run-locked': 409,
  busy: 503,
  'too-many-requests': 503,
}

export function errorOf(thrown: unknown): { status: ContentfulStatusCode; body: ApiError } {
  const path = (thrown as NodeJS.ErrnoException)?.path
  const error = path === undefined || thrown instanceof GlasshouseError ? thrown : fileError(thrown, path)
  if (!(error instanceof GlasshouseError))
    return {
      status: 500,
      body: { error: { code: 'fault', message: 'this is a fault of glasshouse; its log says more' } },
    }
  return {
    status: statuses[error.code] ?? (error.fault === 'machine' ? 500 : 422),
    body: { error: detailsOf(error) },
  }
}

/** The error as a form wants it. */
export function detailsOf(error: GlasshouseError): ApiError['error'] {
  const { code, path, what, where, expected, got, hint } = error
  // The field's own place shows its name.
  const message = printableLines(describeError({ what, where, expected, got, hint }))
  return {
    code,
    message,
    ...(path && { path: [...path] }),
    what,
    ...(where !== undefined && { where }),
    ...(expected !== undefined && { expected }),
    ...(got !== undefined && { got }),
    ...(hint !== undefined && { hint }),
  }
}
