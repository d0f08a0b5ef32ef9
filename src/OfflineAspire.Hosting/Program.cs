namespace OfflineAspire;

internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["guardian"])
        {
            return new Guardian().Run();
        }
        Console.Error.WriteLine("OfflineAspire.Hosting is a library; as a program it is the guardian of an AppHost's processes, which the AppHost starts.");
        return 2;
    }
}
