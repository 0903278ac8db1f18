/** The table of objectives that can be asked for by name. Adding one is a file and a line. */
import { meantBy } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { angular } from './angular.ts'
import { fastAp, smoothAp } from './average-precision.ts'
import { circle } from './circle.ts'
import { contrastive } from './contrastive.ts'
import { ep, ephn, epshn } from './easy-positive.ts'
import { generalisedLifted } from './generalised-lifted.ts'
import { lifted } from './lifted.ts'
import { margin } from './margin.ts'
import { arcface, cosface, subCentreArcface } from './margin-softmax.ts'
import { multiSimilarity } from './multi-similarity.ts'
import { nca } from './nca.ts'
import { npair } from './npair.ts'
import type { Objective } from './objective.ts'
import { proxyAnchor } from './proxy-anchor.ts'
import { proxyNca } from './proxy-nca.ts'
import { sct } from './selectively-contrastive.ts'
import { softTriple } from './soft-triple.ts'
import { softmax } from './softmax.ts'
import { ntxent, supcon } from './supervised-contrastive.ts'
import { triplet } from './triplet.ts'
import { vicreg } from './vicreg.ts'

const list = [
  softmax,
  ep,
  ephn,
  epshn,
  sct,
  npair,
  proxyNca,
  triplet,
  margin,
  lifted,
  nca,
  contrastive,
  supcon,
  ntxent,
  multiSimilarity,
  circle,
  angular,
  generalisedLifted,
  smoothAp,
  fastAp,
  vicreg,
  arcface,
  cosface,
  subCentreArcface,
  proxyAnchor,
  softTriple,
] as readonly Objective[]

export const objectives: ReadonlyMap<string, Objective> = new Map(
  list.map(objective => [objective.name, objective]),
)

export function objectiveNamed(name: string, where?: string): Objective {
  const objective = objectives.get(name)
  if (objective) return objective
  throw new GlasshouseError({
    code: 'unknown-objective',
    what: `there is no objective called '${name}'`,
    ...(where === undefined ? { path: ['options', 'objective'] } : { where }),
    expected: [...objectives.keys()].join(', '),
    hint: meantBy(name, objectives.keys()),
  })
}
