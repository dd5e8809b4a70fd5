"""The vendors' own CDNs, as a table: host → what its addresses look like → npm package (pure).

To add one: a row here, an address of it in `tests/data/script-urls.tsv`. A pattern is a regular expression on
path and query, matched from the start without regard to case, the first that fits wins. In it stand
`<release>` for an exact version of two numbers or more, `<version>` for one that is exact only with three
(with fewer, the vendor serves the newest that begins so), and a group `asked` for a tag. Other groups fill
the package's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from identification.names import Named, by_version, companion
from identification.script_url import ScriptUrl
from identification.versions import VERSION, complete, npm_version

Rows = tuple[tuple[str, str], ...]

_BOOTSTRAPCDN: Rows = (
    (r"/(?:twitter-)?bootstrap/<version>/", "bootstrap"),
    (r"/(?:twitter-)?bootstrap/(?P<asked>latest)/", "bootstrap"),
    (r"/font-awesome/<version>/", "@fortawesome/fontawesome-free"),
    (r"/font-awesome/(?P<asked>latest)/", "font-awesome"),
    (r"/bootswatch/<version>/", "bootswatch"),
    (r"/bootlint/<version>/", "bootlint"),
)
_KENDO: Rows = (
    (r"/[\d.]+/js/(?P<name>jquery|angular|jszip)(?:\.min)?\.js", "{name}"),
    (r"/<version>/", "@progress/kendo-ui"),
)
_MAPBOX: Rows = (
    (
        r"/mapbox-gl-js/plugins/(?P<name>mapbox-gl-(?:geocoder|directions|draw|language))/<version>/",
        "@mapbox/{name}",
    ),
    (r"/mapbox-gl-js/<version>/", "mapbox-gl"),
    (r"/mapbox\.js/plugins/leaflet-markercluster/<version>/", "leaflet.markercluster"),
    (r"/mapbox\.js/<version>/", "mapbox.js"),
    (r"/search-js/<version>/", "@mapbox/search-js-web"),
)
_AMCHARTS: Rows = (
    (r"/lib/version/(?=(?P<major>[45])\.)<version>/geodata/", "@amcharts/amcharts{major}-geodata"),
    (r"/lib/version/(?=(?P<major>[45])\.)<version>/", "@amcharts/amcharts{major}"),
    (r"/lib/(?P<asked>[45])/geodata/", "@amcharts/amcharts{asked}-geodata"),
    (r"/lib/(?P<asked>[45])/", "@amcharts/amcharts{asked}"),
    (r"/lib/(?P<asked>3)/", "amcharts3"),
)
_SOCKET_IO: Rows = (
    (r"/(?:socket\.io-)?<version>", "socket.io-client"),
    (r"/(?P<asked>stable)/", "socket.io-client"),
)
_TINYMCE: Rows = ((r"/<version>/", "tinymce"),)
_BOKEH: Rows = ((r"/bokeh/release/bokeh(?:-[a-z]+)*-<version>", "@bokeh/bokehjs"),)
_MICROSOFT: Rows = (
    (r"/ajax/jquery/jquery-<release>", "jquery"),
    (r"/ajax/jquery\.ui/<version>/", "jquery-ui"),
    (r"/ajax/jquery\.validate/<release>/", "jquery-validation"),
    (r"/ajax/jquery\.mobile/<release>/", "jquery-mobile"),
    (r"/ajax/jquery\.migrate/jquery-migrate-<version>", "jquery-migrate"),
    (r"/ajax/jquery\.cycle/<release>/", "jquery-cycle"),
    (r"/ajax/jquery\.datatables/<version>/", "datatables.net"),
    (r"/ajax/modernizr/modernizr-<release>", "modernizr"),
    (r"/ajax/knockout/knockout-<version>", "knockout"),
    (r"/ajax/globalize/<version>/", "globalize"),
    (r"/ajax/respond/<version>/", "respond.js"),
    (r"/ajax/bootstrap/<version>/", "bootstrap"),
    (r"/ajax/hammer\.js/<version>/", "hammerjs"),
    (r"/ajax/signalr/jquery\.signalr-<version>", "signalr"),
    (r"/ajax/mvc/[\d.]+/jquery\.validate\.unobtrusive", "jquery-validation-unobtrusive"),
    (r"/ajax/mvc/[\d.]+/jquery\.unobtrusive-ajax", "jquery-ajax-unobtrusive"),
    (r"/ajax/mvc/[\d.]+/jquery\.validate", "jquery-validation"),
)
_MSAL: Rows = (
    (r"/browser/<version>/", "@azure/msal-browser"),
    (r"/lib/<version>/", "msal"),
)
_VUE: Rows = ((r"/js/vue(?:\.min)?\.js", "vue"),)
_YUI: Rows = ((r"/<version>/build/", "yui"), (r"/combo\?<version>/build/", "yui"))
_CANVASJS: Rows = ((r"/(?:assets/script/)?(?:jquery\.)?canvasjs(?:\.min)?\.js", "@canvasjs/charts"),)

VENDORS: Mapping[str, Rows] = {
    "aframe.io": ((r"/releases/<version>/", "aframe"),),
    "ajax.aspnetcdn.com": _MICROSOFT,
    "ajax.microsoft.com": _MICROSOFT,
    "alcdn.msauth.net": _MSAL,
    "alcdn.msftauth.net": _MSAL,
    "api.mapbox.com": _MAPBOX,
    "api.tiles.mapbox.com": _MAPBOX,
    "appsforoffice.microsoft.com": ((r"/lib/(?P<asked>[\w.-]+)/hosted/office", "@microsoft/office-js"),),
    "browser.sentry-cdn.com": ((r"/<version>/", "@sentry/browser"),),
    "builds.emberjs.com": (
        (r"/tags/<version>/ember", "ember-source"),
        (r"/(?P<asked>release|beta|canary)/ember", "ember-source"),
    ),
    "canvasjs.com": _CANVASJS,
    "cdn.amcharts.com": _AMCHARTS,
    "cdn.amplitude.com": (
        (r"/libs/amplitude-<version>", "amplitude-js"),
        (r"/libs/analytics-browser-<version>", "@amplitude/analytics-browser"),
    ),
    "cdn.anychart.com": (
        (r"/(?:releases|js)/<version>/", "anychart"),
        (r"/(?:releases|js)/(?P<asked>latest)/", "anychart"),
    ),
    "cdn.auth0.com": (
        (r"/js/auth0/<version>/", "auth0-js"),
        (r"/js/auth0-spa-js/<version>/", "@auth0/auth0-spa-js"),
        (r"/js/lock/<version>/", "auth0-lock"),
    ),
    "cdn.babylonjs.com": (
        (r"/<version>/babylon", "babylonjs"),
        (r"/babylon(?:\.max)?\.js", "babylonjs"),
    ),
    "cdn.bokeh.org": _BOKEH,
    "cdn.canvasjs.com": _CANVASJS,
    "cdn.ckbox.io": ((r"/ckbox/<version>/", "ckbox"), (r"/ckbox/(?P<asked>latest)/", "ckbox")),
    "cdn.ckeditor.com": (
        (
            r"/ckeditor5/<version>/(?P<build>classic|inline|balloon|balloon-block|decoupled-document|multi-root)/",
            "@ckeditor/ckeditor5-build-{build}",
        ),
        (r"/ckeditor5/<version>/", "ckeditor5"),
        (r"/ckeditor5-premium-features/<version>/", "ckeditor5-premium-features"),
        (r"/<version>(?:-lts)?/(?:basic|standard|full)(?:-all)?/", "ckeditor4"),
    ),
    "cdn.dashjs.org": ((r"/<version>/", "dashjs"), (r"/(?P<asked>latest)/", "dashjs")),
    "cdn.ethers.io": ((r"/lib/ethers-<version>", "ethers"),),
    "cdn.form.io": ((r"/(?:formiojs|js)/formio", "formiojs"),),
    "cdn.fusioncharts.com": (
        (r"/fusioncharts/<version>/", "fusioncharts"),
        (r"/fusioncharts/(?P<asked>latest)/", "fusioncharts"),
    ),
    "cdn.kendostatic.com": _KENDO,
    "cdn.leafletjs.com": ((r"/leaflet[-/]<version>/", "leaflet"),),
    "cdn.mathjax.org": (
        (r"/mathjax/<version>/", "mathjax"),
        (r"/mathjax/(?P<asked>[\w.-]+)/", "mathjax"),
    ),
    "cdn.muicss.com": ((r"/mui-<version>/", "muicss"),),
    "cdn.plot.ly": (
        (r"/plotly-(?:[a-z0-9-]+-)?<version>", "plotly.js"),
        (r"/plotly-(?:[a-z0-9-]+-)?(?P<asked>latest)", "plotly.js"),
    ),
    "cdn.plyr.io": ((r"/<version>/", "plyr"),),
    "cdn.pydata.org": _BOKEH,
    "cdn.quilljs.com": ((r"/<version>/", "quill"), (r"/(?P<asked>latest)/", "quill")),
    "cdn.ravenjs.com": ((r"/<version>/", "raven-js"),),
    "cdn.rollbar.com": ((r"/rollbarjs/refs/tags/<version>/", "rollbar"),),
    "cdn.sheetjs.com": (
        (r"/xlsx-<version>/", "xlsx"),
        (r"/xlsx-(?P<asked>latest)/", "xlsx"),
    ),
    "cdn.socket.io": _SOCKET_IO,
    "cdn.syncfusion.com": (
        (r"/ej2/<version>/(?P<name>ej2-[a-z-]+)/", "@syncfusion/{name}"),
        (r"/ej2/<version>/", "@syncfusion/ej2"),
    ),
    "cdn.tailwindcss.com": ((r"/<version>", "tailwindcss"), (r"/?(?:\?|$)", "tailwindcss")),
    "cdn.tiny.cloud": (
        (r"/1/[^/]+/tinymce-jquery/<version>", "@tinymce/tinymce-jquery"),
        (r"/1/[^/]+/tinymce/<version>", "tinymce"),
    ),
    "cdn.tinymce.com": _TINYMCE,
    "cdn.webix.com": ((r"/<version>/", "webix"), (r"/(?P<asked>edge)/", "webix")),
    "cdn.zingchart.com": ((r"/<version>/", "zingchart"), (r"/zingchart(?:\.min)?\.js", "zingchart")),
    "cdn3.devexpress.com": ((r"/jslib/<version>/", "devextreme"),),
    "cesium.com": ((r"/downloads/cesiumjs/releases/<release>/", "cesium"),),
    "code.angularjs.org": (
        (r"/<version>/i18n/", "angular-i18n"),
        (r"/<version>/", "angular"),
        (r"/(?P<asked>snapshot(?:-stable)?)/", "angular"),
    ),
    "code.createjs.com": (
        (r"/(?P<name>easeljs|tweenjs|soundjs|preloadjs)-<version>", "{name}"),
        (r"/<version>/(?P<name>createjs|easeljs|tweenjs|soundjs|preloadjs)\.", "{name}"),
    ),
    "code.getmdl.io": ((r"/<version>/", "material-design-lite"),),
    "code.highcharts.com": (
        (r"/(?:stock/|maps/|gantt/)?<version>/", "highcharts"),
        (r"/mapdata/", "@highcharts/map-collection"),
        (r"/(?:(?:stock|maps|gantt|modules|themes|indicators|i18n)/)*[\w.-]+\.js", "highcharts"),
    ),
    "code.ionicframework.com": (
        (r"/ionicons/<version>/", "ionicons"),
        (r"/<version>/js/", "ionic-angular"),
    ),
    "code.jquery.com": (
        (r"/jquery-<release>", "jquery"),
        (r"/jquery(?:-(?P<asked>latest|git|[1-9]\.x-git))?(?:\.slim)?(?:\.min|\.pack)?\.js", "jquery"),
        (r"/ui/<release>/", "jquery-ui"),
        (r"/ui/jquery-ui-(?P<asked>git)\.", "jquery-ui"),
        (r"/mobile/<release>/", "jquery-mobile"),
        (r"/mobile/(?P<asked>git|latest)/", "jquery-mobile"),
        (r"/jquery-migrate-<release>", "jquery-migrate"),
        (r"/jquery-migrate-(?P<asked>git)", "jquery-migrate"),
        (r"/color/jquery\.color(?:\.(?:plus|svg)-names)?-<version>", "jquery-color"),
        (r"/qunit/qunit-<version>", "qunit"),
        (r"/pep/<version>/", "pepjs"),
    ),
    "d2wy8f7a9ursnm.cloudfront.net": (
        (r"/<version>/bugsnag", "@bugsnag/browser"),
        (r"/bugsnag-<version>", "bugsnag-js"),
    ),
    "d3js.org": (
        (r"/d3\.v<version>\.", "d3"),
        (r"/d3(?:\.min)?\.js", "d3"),
        (r"/(?P<name>d3-[a-z]+(?:-[a-z]+)*)\.v<version>\.", "{name}"),
        (r"/topojson\.v<version>\.", "topojson"),
    ),
    "da7xgjtj801h2.cloudfront.net": _KENDO,
    "download.dojotoolkit.org": ((r"/release-<version>/", "dojo"),),
    "fb.me": (
        (r"/(?P<name>react(?:-dom)?)(?:-with-addons)?-<version>", "{name}"),
        (r"/jsxtransformer-<version>", "react-tools"),
    ),
    "js.arcgis.com": ((r"/(?=[45]\.)<version>/", "@arcgis/core"),),
    "js.braintreegateway.com": (
        (r"/web/dropin/<version>/", "braintree-web-drop-in"),
        (r"/web/<version>/", "braintree-web"),
    ),
    "js.pusher.com": ((r"/<version>/", "pusher-js"),),
    "kendo.cdn.telerik.com": _KENDO,
    "knockoutjs.com": ((r"/downloads/knockout-<version>", "knockout"),),
    "maxcdn.bootstrapcdn.com": _BOOTSTRAPCDN,
    "momentjs.com": (
        (r"/downloads/moment-timezone", "moment-timezone"),
        (r"/downloads/moment", "moment"),
    ),
    "netdna.bootstrapcdn.com": _BOOTSTRAPCDN,
    "openlayers.org": (
        (r"/en/<version>/", "ol"),
        (r"/en/(?P<asked>latest|main|master)/", "ol"),
        (r"/api/<version>/OpenLayers", "openlayers"),
    ),
    "pixijs.download": ((r"/<version>/pixi", "pixi.js"), (r"/(?P<asked>release|dev)/pixi", "pixi.js")),
    "pro.fontawesome.com": ((r"/releases/<version>/", "@fortawesome/fontawesome-pro"),),
    "releases.flowplayer.org": ((r"/<version>/", "flowplayer"),),
    "requirejs.org": ((r"/docs/release/<version>/", "requirejs"),),
    "sdk.amazonaws.com": ((r"/js/aws-sdk-<version>", "aws-sdk"),),
    "sdk.twilio.com": (
        (r"/js/video/releases/<version>/", "twilio-video"),
        (r"/js/client/releases/<version>/", "twilio-client"),
    ),
    "sdks.shopifycdn.com": (
        (r"/buy-button/<version>/", "@shopify/buy-button-js"),
        (r"/buy-button/(?P<asked>latest)/", "@shopify/buy-button-js"),
    ),
    "stackpath.bootstrapcdn.com": _BOOTSTRAPCDN,
    "threejs.org": ((r"/build/three", "three"),),
    "tinymce.cachefly.net": _TINYMCE,
    "use.fontawesome.com": ((r"/releases/<version>/", "@fortawesome/fontawesome-free"),),
    "v2.vuejs.org": _VUE,
    "vjs.zencdn.net": (
        (r"/ie8/<version>/", "videojs-ie8"),
        (r"/vttjs/<version>/", "videojs-vtt.js"),
        (r"/<version>/", "video.js"),
        (r"/c/video", "video.js"),
    ),
    "vuejs.org": _VUE,
    "www.amcharts.com": _AMCHARTS,
    "www.chartjs.org": ((r"/dist/<version>/", "chart.js"),),
    "www.gstatic.com": (
        (r"/firebasejs/ui/<version>/", "firebaseui"),
        (r"/firebasejs/<version>/", "firebase"),
    ),
    "yui-s.yahooapis.com": _YUI,
    "yui.yahooapis.com": _YUI,
}
"""Host → its rows of (pattern, npm package)."""


def read(host: str, script: ScriptUrl) -> list[Named]:
    """The package that an address on a vendor's host names; empty where no row fits."""
    address = f"{script.path}?{script.query}" if script.query else script.path
    for pattern, package in VENDORS[host]:
        match = re.match(_expanded(pattern), address, re.IGNORECASE | re.ASCII)
        if match:
            return [_named(match, package, script.file)]
    return []


@cache
def _expanded(pattern: str) -> str:
    release = rf"v?(?P<release>(?=[0-9]+\.[0-9]){VERSION})(?![0-9a-z])"
    version = rf"v?(?P<version>{VERSION})(?![0-9a-z])"
    return pattern.replace("<release>", release).replace("<version>", version)


def _named(match: re.Match[str], package: str, file: str) -> Named:
    groups = {name: value.lower() for name, value in match.groupdict().items() if value}
    written = groups.get("version")
    version = groups.get("release") or (complete(written) if written else None)
    name = by_version(companion(package.format_map(groups), file), version)
    asked = None if version else written or groups.get("asked")
    return Named(name, npm_version(name, version) if version else None, asked)
