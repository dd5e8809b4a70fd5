// Renders alert descriptions as TheHive 4.1.24 does: angular-marked, with marked and highlight.js set up as its
// app.js sets them up. Reads a list of Markdown texts from standard input; writes, for each, {html, milliseconds,
// errors}. TheHive bundles highlight.js with these languages; of any other it throws, and the page stays blank.
'use strict';
const fs = require('fs');
const {JSDOM} = require('jsdom');
const hljs = require('highlight.js/lib/highlight');

const LANGUAGES = ['apache', 'bash', 'coffeescript', 'cpp', 'cs', 'css', 'diff', 'http', 'ini', 'java', 'javascript',
  'json', 'makefile', 'markdown', 'nginx', 'objectivec', 'perl', 'php', 'python', 'ruby', 'sql', 'xml'];
for (const language of LANGUAGES) {
  hljs.registerLanguage(language, require(`highlight.js/lib/languages/${language}`));
}

const {window} = new JSDOM('<!doctype html>', {runScripts: 'outside-only', url: 'http://thehive.example/'});
window.eval(fs.readFileSync(require.resolve('angular-of-thehive/angular.js'), 'utf8'));
window.eval(fs.readFileSync(require.resolve('marked/lib/marked.js'), 'utf8'));
window.eval(fs.readFileSync(require.resolve('angular-marked/dist/angular-marked.js'), 'utf8'));

const errors = [];
window.angular.module('thehive', ['hc.marked'])
  .config(['markedProvider', (provider) => provider.setOptions({
    gfm: true,
    tables: true,
    sanitize: true,
    highlight: (code, lang) => (lang ? hljs.highlight(lang, code, true) : hljs.highlightAuto(code)).value,
  })])
  .config(['$provide', (provide) => provide.value('$exceptionHandler', (error) => errors.push(String(error)))]);

const page = window.document.body.appendChild(window.document.createElement('div'));
const injector = window.angular.bootstrap(page, ['thehive']);

function render(text) {
  errors.length = 0;
  const started = Date.now();
  const html = injector.invoke(['$compile', '$rootScope', ($compile, $rootScope) => {
    const scope = $rootScope.$new();
    scope.text = text;
    const element = $compile('<div marked="text"></div>')(scope)[0];
    try {
      scope.$digest();
    } catch (error) {
      errors.push(String(error));
    }
    return element.innerHTML;
  }]);
  return {html, milliseconds: Date.now() - started, errors: [...errors]};
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(render)));
