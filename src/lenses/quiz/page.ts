/** The markup of the quiz, which its player brings to life. */

export interface QuizWords {
  /** what is asked of each pair */
  question: string
  /** of all pairs: what was done to one of the two */
  about: string
}

export const markup = ({ question, about }: QuizWords): string => `<style>
.quiz [hidden]{display:none!important}.quiz button,.quiz .file{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 18px;min-height:44px;cursor:pointer}
.quiz button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}.quiz .main{background:#1a7f5a;color:#fff;border-color:#1a7f5a}
.quiz .pair{display:grid;gap:10px;justify-content:center;margin:12px 0}.quiz .pair button{padding:4px;border-width:3px;border-radius:10px;line-height:0;touch-action:manipulation}
.quiz .pair img{width:min(34vh,288px,86vw);height:auto;aspect-ratio:1;border-radius:5px;display:block}
.quiz .pair .right{border-color:#1a7f5a}.quiz .pair .wrong{border-color:#c8441b}.quiz .pair button:disabled{opacity:1;cursor:default}
.quiz .line{display:flex;flex-wrap:wrap;gap:12px;align-items:center;justify-content:center;min-height:48px;text-align:center}.quiz .line p{margin:0}
.quiz .score{font-size:34px;font-weight:700;color:var(--mark);margin:0}.quiz input[type=text]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:9px 12px;min-height:44px;width:min(100%,240px)}
.quiz .row{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin:14px 0}.quiz .file input{position:absolute;opacity:0;width:1px;height:1px}.quiz .file:focus-within{outline:3px solid var(--mark)}
</style><div class="quiz">
<div data-quiz="intro"><p>${about}</p><p>Tap the image, or press the arrow up or down (or 1 and 2). Time counts from the moment that a pair appears.</p><button class="main" data-quiz="start">Start</button></div>
<div data-quiz="play" hidden><div class="line"><p><b>${question}</b> <span data-quiz="count"></span></p></div>
<div class="pair"><button data-quiz="above"><img alt="the image above"></button><button data-quiz="below"><img alt="the image below"></button></div>
<div class="line" aria-live="polite"><p data-quiz="said"></p><button class="main" data-quiz="next" hidden>Next</button></div></div>
<div data-quiz="end" hidden><p class="score" data-quiz="score"></p><div class="row"><input type="text" data-quiz="name" placeholder="Your name" aria-label="Your name"><button data-quiz="save">Save my result</button><label class="file">Add results of others<input type="file" accept="application/json,.json" multiple data-quiz="load"></label></div><p data-quiz="problems"></p><div class="wide" data-quiz="comparison"></div></div>
</div>`
