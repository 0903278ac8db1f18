/** Results of a quiz: what is exported, read again and compared. */
import { textElement } from '../../page/player/card.ts'

export interface Answered {
  path: string
  right: boolean
  seconds: number
}

export interface Results {
  /** the id of the quiz */
  quiz: string
  task: string
  name: string
  score: number
  questions: number
  answers: Answered[]
}

/** The results in a file; what is wrong with it otherwise, as a sentence. */
export function readResults(text: string, quiz: string): Results | string {
  try {
    const results = JSON.parse(text)
    if (!Array.isArray(results?.answers) || typeof results.name !== 'string')
      return 'this is not the result of a quiz.'
    if (results.quiz !== quiz) return 'this is the result of another quiz.'
    return results
  } catch {
    return 'this is not JSON.'
  }
}

const timeOf = ({ answers }: Results): string => {
  const seconds = answers.reduce((sum, answer) => sum + answer.seconds, 0) / Math.max(1, answers.length)
  return seconds ? `${seconds.toFixed(1)} s` : '–'
}

/** One row for each, and below which questions were the hardest for people. */
export function compare(target: HTMLElement, all: readonly Results[]): void {
  const table = document.createElement('table')
  const row = (tag: 'th' | 'td', texts: readonly string[]) => {
    const line = document.createElement('tr')
    line.append(...texts.map(text => textElement(tag, text)))
    table.append(line)
  }
  row('th', ['who', 'right', 'time for each'])
  for (const results of all)
    row('td', [results.name, `${results.score} of ${results.questions}`, timeOf(results)])
  target.replaceChildren(table)
}
