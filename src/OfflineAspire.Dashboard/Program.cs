using OfflineAspire.Dashboard;

return await DashboardApp.RunAsync(args);
