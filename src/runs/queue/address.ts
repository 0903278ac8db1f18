/** Where the queue is: an address from the command line or the environment, printed without its password. */
import { GlasshouseError } from '../../base/errors.ts'
import { withoutPassword } from '../../base/passwords.ts'

/** Read where --queue is not given; the processes of a machine can be listed by all its users, with their words. */
export const queueVariable = 'GLASSHOUSE_QUEUE'

export interface QueueAddress {
  /** with its password: for the connection, and nothing else */
  url: string
  kind: 'redis' | 'postgres'
  /** for people, logs and records */
  shown: string
}

const kinds = new Map<string, QueueAddress['kind']>([
  ['redis:', 'redis'],
  ['rediss:', 'redis'],
  ['postgres:', 'postgres'],
  ['postgresql:', 'postgres'],
])

const example = 'redis://HOST:6379 or postgres://USER@HOST/DATABASE'

/** @throws GlasshouseError 'queue-missing' or 'queue-address' */
export function queueAddress(given: string | undefined, env: NodeJS.ProcessEnv = process.env): QueueAddress {
  const url = given ?? env[queueVariable]
  if (url === undefined || url === '')
    throw new GlasshouseError({
      code: 'queue-missing',
      what: 'no queue is named',
      path: ['options', 'queue'],
      expected: example,
      hint: `Give --queue, or set ${queueVariable}, where other users of the machine cannot read a password`,
    })
  const kind = URL.canParse(url) ? kinds.get(new URL(url).protocol) : undefined
  if (!kind)
    throw new GlasshouseError({
      code: 'queue-address',
      what: 'this is not the address of a queue',
      path: ['options', 'queue'],
      expected: example,
    })
  return { url, kind, shown: withoutPassword(url) }
}
