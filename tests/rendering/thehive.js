// What TheHive gives a report template: an isolated scope, and the filter `fang`. Seen in the frontend of TheHive
// 4.1.24: directives/report.js, filters/fang.js, services/common/UtilsSrv.js, app.js. For tests and for pages:
//
//   showReports(element, templates, reports, onError)
//
// templates: {analyzer id: HTML}. reports: [{name, artifact, status, content, success}], name being the analyzer's
// id. onError: called with each exception of AngularJS's, which are thrown where it is left out.
(function (window) {
  'use strict';
  const angular = window.angular;

  // A value that is no text makes it throw, as TheHive's does.
  function fang(value) {
    if (!value) {
      return '';
    }
    const plain = value.replace(/\[\.\]/g, '.').replace(/hxxp/gi, 'http');
    return plain.replace(/\./g, '[.]').replace(/http/gi, 'hxxp');
  }

  angular.module('thehive', [])
    .config(['$compileProvider', (provider) => provider.debugInfoEnabled(false)])
    .filter('fang', () => fang)
    .directive('report', ['$compile', 'templates', ($compile, templates) => ({
      restrict: 'E',
      scope: {name: '=', artifact: '=', status: '=', content: '=', success: '='},
      link: (scope, element) => element.append($compile(templates[scope.name])(scope)),
    })]);

  window.showReports = function (element, templates, reports, onError) {
    const handler = onError || ((error) => { throw error; });
    element.innerHTML = '<report ng-repeat="report in reports" name="report.name" artifact="report.artifact" ' +
      'status="report.status" content="report.content" success="report.success"></report>';
    angular.bootstrap(element, ['thehive', ['$provide', (provide) => {
      provide.value('templates', templates);
      provide.value('$exceptionHandler', handler);
    }]]).invoke(['$rootScope', (scope) => scope.$apply(() => { scope.reports = reports; })]);
  };
})(window);
