/**
 * What the outputs of a model from elsewhere are: which of several is meant, whether it holds scores of classes or an
 * embedding, and what the classes are called. Where nobody says it, it is guessed, and the guess is noted.
 */
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { neededNodes } from '../graph/computation.ts'
import type { Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/tensor.ts'
import { looksLikeEmbedding, usualClasses } from '../nets/head-guess.ts'
import { imagenetClasses } from '../nets/imagenet-classes.ts'
import type { BuiltNetwork, Head } from '../nets/network.ts'
import { readScores } from '../nets/scores.ts'
import type { ModelWishes } from '../runtime/context.ts'
import type { Description } from './description.ts'

/** What is known of a model, the most trustworthy source first. */
export interface Sources {
  wishes: ModelWishes
  /** the description beside the model, which has to be right */
  own?: Description
  /** of a model that was written here */
  told?: Head
  /** what other programs left; used where it fits */
  others: readonly Description[]
}

const saysScores = /logit|class|pred|prob|score|softmax|sigmoid/i
const saysFeatures = /embed|feat|pool|hidden|vector|token|repr/i
const saysAuxiliary = /aux/i

/** How an output looks in a built graph. */
interface Candidate {
  name: string
  value: Value
  width: number
}

/**
 * The output to open the model with.
 *
 * @throws GlasshouseError 'onnx-output' where none gives one vector per image
 */
export function chooseOutput(
  { graph }: Pick<BuiltNetwork, 'graph'>,
  outputs: readonly string[],
  count: number,
  where: string,
  sources: Sources,
  notes: string[],
): Candidate {
  const { wishes } = sources
  const asked = wishes.output
  if (asked !== undefined) {
    const found = candidateOf(asked, graph.layers.get(asked), count)
    if (found) return found
    throw new GlasshouseError({
      code: 'onnx-output',
      what: graph.layers.has(asked)
        ? `'${asked}' gives no vector per image`
        : `the model has no value called '${asked}'`,
      path: ['options', 'output'],
      expected: outputs.includes(asked)
        ? undefined
        : [...new Set([...outputs, ...closestNames(asked, graph.layers.keys(), 4)])].join(', '),
      got: graph.layers.has(asked) ? `[${graph.layers.get(asked)!.shape}]` : undefined,
    })
  }
  const candidates = outputs.flatMap(name => candidateOf(name, graph.layers.get(name), count) ?? [])
  if (candidates.length === 0) {
    const shapes = outputs.map(name => {
      const value = graph.layers.get(name)
      return value ? `${name} ${value.dtype}[${value.shape}]` : name
    })
    throw new GlasshouseError({
      code: 'onnx-output',
      what: 'the model gives no vector per image',
      where,
      expected: 'an output of floats, (n, classes) or (n, dimensions)',
      got: shapes.join(', '),
    })
  }
  const ranked = candidates
    .map((candidate, place) => ({ candidate, marks: [...marksOf(candidate, candidates, sources), -place] }))
    .sort((a, b) => compare(b.marks, a.marks))
  const [{ candidate: chosen }] = ranked
  if (candidates.length > 1) {
    const all = candidates.map(({ name, width }) => `${name} [${width}]`).join(', ')
    notes.push(`${where} gives ${all}: ${chosen.name} is used; --output NAME chooses another`)
  }
  return chosen
}

function candidateOf(name: string, value: Value | undefined, count: number): Candidate | undefined {
  if (value?.dtype !== 'float32') return undefined
  const { shape } = value
  const isVector = shape.length >= 2 && shape[0] === count && sizeOf(shape.slice(2)) === 1
  return isVector ? { name, value, width: shape[1] } : undefined
}

/** What speaks for an output, the weightiest first. */
function marksOf(candidate: Candidate, all: readonly Candidate[], sources: Sources): number[] {
  const { name, value, width } = candidate
  const names = namedCounts(sources)
  const used = neededNodes(value.graph, [value]).used
  const follows = all.some(other => other !== candidate && other.value !== value && used.has(other.value))
  const wantsEmbedding = kindAsked(sources) === 'embedding'
  return [
    -Number(saysAuxiliary.test(name)),
    Number(!wantsEmbedding && names.has(width)),
    Number(wantsEmbedding ? saysFeatures.test(name) : saysScores.test(name)),
    Number(!wantsEmbedding && (width === imagenetClasses.length || readScores(value).scores !== undefined)),
    Number(follows),
    -Number(!wantsEmbedding && saysFeatures.test(name)),
  ]
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((mark, index) => mark !== b[index])
  return at < 0 ? 0 : a[at] - b[at]
}

const kindAsked = ({ wishes, own, told }: Sources): Head['kind'] | undefined =>
  wishes.as ??
  (wishes.classes ? 'classes' : undefined) ??
  own?.kind ??
  (own?.classes ? 'classes' : told?.kind)

function namedCounts({ wishes, own, told, others }: Sources): Set<number> {
  const lists = [
    wishes.classes,
    own?.classes,
    told?.kind === 'classes' ? told.classes : undefined,
    ...others.map(({ classes }) => classes),
  ]
  return new Set(lists.flatMap(list => (list ? [list.length] : [])))
}

export interface ForeignHead {
  head: Head
  /** the one output is the second of two classes, and the first one's opposite */
  pair?: boolean
}

/** The head of the network whose output is `name`, as it stands in the graph that was built for it. */
export function headOf(
  name: string,
  value: Value,
  { pooled, output, features }: BuiltNetwork,
  where: string,
  sources: Sources,
  notes: string[],
): ForeignHead {
  const width = value.shape[1]
  const { wishes, own, told, others } = sources
  const { scores } = readScores(value)
  const asked = kindAsked(sources)
  const fitting = others.find(({ classes }) => classes && fits(classes.length, width))
  const isBarePool = pooled === output && features.shape.length === 4
  const kind = asked ?? (fitting || scores ? 'classes' : guessedKind(name, value, width, isBarePool, notes))
  if (kind === 'embedding') return { head: { kind, dim: width } }

  const given =
    wishes.classes ??
    own?.classes ??
    (told?.kind === 'classes' && told.classes.length ? told.classes : undefined) ??
    fitting?.classes
  const toldScores = told?.kind === 'classes' ? told.scores : undefined
  const multiple = toldScores || scores ? undefined : others.find(source => source.scores)
  const all = { scores: toldScores ?? scores ?? multiple?.scores }
  if (given && width === 1 && given.length === 2 && all.scores !== 'given')
    return { head: { kind, classes: given, scores: 'sigmoid' }, pair: true }
  if (given && given.length !== width) {
    throw new GlasshouseError({
      code: 'onnx-description',
      what: 'the names of the classes are not as many as the outputs',
      where: wishes.classes ? '--classes' : where,
      expected: `${width} names`,
      got: `${given.length}`,
    })
  }
  if (given) noteDuplicates(given, notes)
  if (width === 1 && !toldScores) {
    if (!given)
      notes.push(
        'one output: the probability of one class, by a sigmoid; --classes FILE with two names, that of 0 and that of 1, opens it as two classes',
      )
    return { head: { kind, classes: given ?? ['positive'], scores: scores ?? 'sigmoid' } }
  }
  if (multiple)
    notes.push(
      `${multiple.from}: several classes may hold at once (problem_type): each has a probability by itself, by a sigmoid`,
    )
  else if (all.scores === 'sigmoid' && !toldScores)
    notes.push('the model ends in a sigmoid: each class has a probability by itself')
  const classes = given ?? usualClasses(width)
  return { head: { kind, classes, ...(all.scores && all.scores !== 'softmax' && all) } }
}

const fits = (names: number, width: number): boolean => names === width || (names === 2 && width === 1)

/** Where nobody says what the numbers are and no activation ends them. */
function guessedKind(
  name: string,
  value: Value,
  width: number,
  isBarePool: boolean,
  notes: string[],
): Head['kind'] {
  if (/embed|feature/i.test(name)) return 'embedding'
  if (width === imagenetClasses.length || width === imagenetClasses.length + 1) return 'classes'
  if (/logit|class|prob/i.test(name)) return 'classes'
  const why = isNormalised(value)
    ? 'they are normalised'
    : saysFeatures.test(name)
      ? `they are called '${name}'`
      : isBarePool && width >= smallestPool
        ? 'they are pooled features'
        : looksLikeEmbedding(width)
          ? 'of their number'
          : undefined
  if (why === undefined) return 'classes'
  notes.push(
    `the ${width} numbers of ${name} are taken for an embedding, because ${why}; --as classes reads them as classes`,
  )
  return 'embedding'
}

/** Networks that end in class maps and their mean have fewer classes than features, or ImageNet's number. */
const smallestPool = 256

/** Divided by its own length, as many exporters of embeddings do. */
function isNormalised(value: Value): boolean {
  const { producer } = value
  if (producer?.op === 'LpNormalization') return true
  if (producer?.op === 'Mul' || producer?.op === 'Div')
    return producer.inputs.some(input => input !== undefined && isLength(input, 6))
  return false
}

function isLength({ producer }: Value, steps: number): boolean {
  if (!producer || steps === 0) return false
  if (producer.op === 'ReduceL2') return true
  const passes = [
    'Expand',
    'Clip',
    'Max',
    'Add',
    'Reshape',
    'Reciprocal',
    'Sqrt',
    'Pow',
    'ReduceSum',
    'Unsqueeze',
  ]
  if (producer.op === 'ReduceSumSquare') return true
  if (producer.op === 'ReduceSum') return ['Mul', 'Pow'].includes(producer.inputs[0]?.producer?.op ?? '')
  return (
    passes.includes(producer.op) &&
    producer.inputs.some(input => input !== undefined && isLength(input, steps - 1))
  )
}

function noteDuplicates(classes: readonly string[], notes: string[]): void {
  const twice = [...new Set(classes.filter((name, index) => classes.indexOf(name) !== index))]
  if (twice.length === 0) return
  const told = twice.slice(0, 3).map(name => {
    const places = classes.flatMap((other, index) => (other === name ? [index] : []))
    return `'${name}' (outputs ${places.join(', ')})`
  })
  notes.push(
    `several outputs have the same class name: ${told.join(', ')}${twice.length > 3 ? ` and ${twice.length - 3} more` : ''}; each of them counts as that class`,
  )
}
