// Renders reports in a page without a browser: node render.cjs <package of AngularJS>
// Reads {templates, reports} from standard input, see thehive.js; writes, for each report,
// {html, links: [{href, origin}], errors}. A script that comes out of a report counts as an error.
'use strict';
const fs = require('fs');
const path = require('path');
const {JSDOM} = require('jsdom');

const angular = fs.readFileSync(require.resolve(`${process.argv[2]}/angular.js`), 'utf8');
const thehive = fs.readFileSync(path.join(__dirname, 'thehive.js'), 'utf8');
const {templates, reports} = JSON.parse(fs.readFileSync(0, 'utf8'));

// What is loaded with eval() runs; scripts and handlers in the page do not, so the page's elements are to be looked at.
const {window} = new JSDOM('<!doctype html>', {runScripts: 'outside-only', url: 'http://thehive.example/'});
window.eval(angular);
window.eval(thehive);

function render(report) {
  const errors = [];
  window.alert = () => errors.push('what a report says was run');
  const element = window.document.body.appendChild(window.document.createElement('div'));
  window.showReports(element, templates, [report], (error) => errors.push(String(error)));
  const anchors = Array.from(element.querySelectorAll('a'));
  const links = anchors.map((anchor) => ({href: anchor.getAttribute('href'), origin: anchor.origin}));
  element.remove();
  return {html: element.innerHTML, links, errors};
}

process.stdout.write(JSON.stringify(reports.map(render)));
