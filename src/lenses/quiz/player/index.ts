/** The quiz on a page: pairs of images, one of them as it was. Bundled by scripts/build-players.js. */
import { partsOf } from '../../page/player/parts.ts'
import { type Answered, compare, type Results, readResults } from './results.ts'

export interface Question {
  /** data URIs, above and below */
  images: [string, string]
  /** which of them is right: 0 above, 1 below */
  right: 0 | 1
  path: string
  /** what the network answered, and its maps over the two images */
  network?: { answer: 0 | 1; maps: [string, string] }
}

export interface Quiz {
  task: string
  /** of the questions: results of other quizzes are not compared */
  id: string
  questions: Question[]
}

const places = ['above', 'below']
const keys: Readonly<Record<string, 0 | 1>> = { ArrowUp: 0, 1: 0, ArrowDown: 1, 2: 1 }

export default function play(figure: HTMLElement, { task, id, questions }: Quiz): void {
  const { find, control } = partsOf(figure, 'quiz')
  const choices = [find<HTMLButtonElement>('above'), find<HTMLButtonElement>('below')]
  const [next, said, count, start] = ['next', 'said', 'count', 'start'].map(name => find(name))
  let at = -1
  let shownAt = 0
  let isOpen = false
  const answers: Answered[] = []
  const pictureOf = (choice: HTMLElement) => choice.querySelector('img')!

  const show = (stage: 'intro' | 'play' | 'end') => {
    for (const name of ['intro', 'play', 'end']) find(name).hidden = name !== stage
  }

  const ask = () => {
    at++
    if (at === questions.length) return finish()
    const { images } = questions[at]
    choices.forEach((choice, place) => {
      pictureOf(choice).src = images[place]
      choice.className = ''
      choice.disabled = false
    })
    said.textContent = ''
    next.hidden = true
    count.textContent = `${at + 1} of ${questions.length}`
    shownAt = performance.now()
    isOpen = true
    find('play').scrollIntoView({ block: 'start' })
  }

  const answer = (place: 0 | 1) => {
    if (!isOpen) return
    isOpen = false
    const seconds = (performance.now() - shownAt) / 1000
    const { right, path, network } = questions[at]
    answers.push({ path, right: place === right, seconds })
    choices.forEach((choice, own) => {
      choice.className = own === right ? 'right' : own === place ? 'wrong' : ''
      choice.disabled = true
      if (network) pictureOf(choice).src = network.maps[own]
    })
    const verdict = place === right ? 'Right' : `No, it is the one ${places[right]}`
    const other = network
      ? ` The network says ${places[network.answer]}, which is ${network.answer === right ? 'right' : 'wrong'}; its maps show by what.`
      : ''
    said.textContent = `${verdict}, after ${seconds.toFixed(1)} s.${other}`
    next.textContent = at + 1 < questions.length ? 'Next' : 'Result'
    next.hidden = false
    next.focus()
  }

  const own = (): Results => ({
    quiz: id,
    task,
    name: control('name').value.trim() || 'somebody',
    score: answers.filter(({ right }) => right).length,
    questions: questions.length,
    answers,
  })
  const others: Results[] = []
  const network = (): Results[] => {
    const judged = questions.flatMap(({ network, right, path }) =>
      network ? [{ path, right: network.answer === right, seconds: 0 }] : [],
    )
    if (!judged.length) return []
    const score = judged.filter(({ right }) => right).length
    return [{ quiz: id, task, name: 'the network', score, questions: judged.length, answers: judged }]
  }

  const finish = () => {
    show('end')
    const { score } = own()
    find('score').textContent = `${score} of ${questions.length}`
    compare(find('comparison'), [own(), ...others, ...network()])
  }

  start.addEventListener('click', () => {
    show('play')
    ask()
  })
  next.addEventListener('click', ask)
  choices.forEach((choice, place) => {
    choice.addEventListener('click', () => answer(place === 0 ? 0 : 1))
  })
  document.addEventListener('keydown', event => {
    if (!isOpen || event.target instanceof HTMLInputElement || keys[event.key] === undefined) return
    event.preventDefault()
    answer(keys[event.key])
  })
  control('name').addEventListener('input', () => {
    if (at === questions.length) finish()
  })
  find('save').addEventListener('click', () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([JSON.stringify(own(), null, 1)], { type: 'application/json' }))
    link.download = `quiz-${own().name.replace(/[^\p{L}\p{N}]+/gu, '-')}.json`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  })
  control('load').addEventListener('change', async () => {
    const problems: string[] = []
    for (const file of control('load').files ?? []) {
      const results = readResults(await file.text(), id)
      if (typeof results === 'string') problems.push(`${file.name}: ${results}`)
      else others.push(results)
    }
    find('problems').textContent = problems.join(' ')
    finish()
  })
  show('intro')
}
