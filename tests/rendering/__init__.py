"""The report templates, rendered by the AngularJS that TheHive has."""
