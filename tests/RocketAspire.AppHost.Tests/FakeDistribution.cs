using System.Globalization;
using RocketAspire.TestSupport;

namespace RocketAspire.AppHost.Tests;

/// <summary>
/// A folder shaped like an unpacked Apache RocketMQ 4.9.8, and a Java that runs our own server in its place: script calls script calls
/// Java, nothing quoted, as Apache's do, and logs go to a file below the user's home that is moved away now and then.
/// </summary>
internal sealed class FakeDistribution : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="brokersStart">Whether brokers do anything at all.</param>
    public FakeDistribution(bool brokersStart = true)
    {
        Write("rocketmq/bin/mqnamesrv", "sh ${ROCKETMQ_HOME}/bin/runserver.sh org.apache.rocketmq.namesrv.NamesrvStartup $@");
        Write("rocketmq/bin/mqbroker", !brokersStart ? "exec sleep 1000" : "sh ${ROCKETMQ_HOME}/bin/runbroker.sh org.apache.rocketmq.broker.BrokerStartup $@");
        const string Run = """
            JAVA_OPT="-server -Xms8g -Xmx8g -Xlog:gc*:file=/dev/shm/rmq_test_gc_%p.log:time ${JAVA_OPT_EXT} -cp .:lib/*"
            $JAVA_HOME/bin/java ${JAVA_OPT} $@
            """;
        Write("rocketmq/bin/runserver.sh", Run);
        Write("rocketmq/bin/runbroker.sh", Run);
        Write("rocketmq/lib/rocketmq-common-4.9.8.jar", "");
        Write("java/bin/java", $$"""
            case $1 in -version) echo 'openjdk version "17.0.15" 2025-04-15' >&2; exit;; esac
            for option; do
              case $option in
                -Duser.home=*) home=${option#-Duser.home=} ;;
                -Xlog:gc*) echo "a log of garbage collection: $option"; exit 3 ;;
                *NamesrvStartup) kind=namesrv ;;
                *BrokerStartup) kind=broker ;;
                /*.conf) file=$option ;;
              esac
            done
            [ -n "$ROCKETMQ_HOME" ] || { echo "ROCKETMQ_HOME is not set"; exit 4; }
            mkdir -p $home/logs/rocketmqlogs
            echo "The $kind boot success"
            echo "2026-01-31 12:00:00 INFO main - $kind of $file" >> $home/logs/rocketmqlogs/$kind.log
            exec {{Server()}} $kind -c $file >> $home/logs/rocketmqlogs/$kind.log 2>&1
            """);
    }

    public string Home => _folder["rocketmq"];

    /// <summary>Settings as an AppHost takes them, with which the cluster runs on this distribution.</summary>
    public string[] Arguments => ["--engine", "distribution", $"ROCKETMQ_HOME={Home}", $"JAVA_HOME={_folder["java"]}"];

    public void Dispose() => _folder.Dispose();

    private static string Server()
    {
        // <tests>/bin/<configuration>/<framework>/ has the same tail as the server's own folder.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var repository = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Projects.RocketAspire_AppHost.ProjectPath))!;
        var path = Path.Combine(repository, "src", "RocketAspire.Server", "bin", here.Parent!.Name, here.Name, "RocketAspire.Server");
        return File.Exists(path) ? path : throw new FileNotFoundException(string.Create(CultureInfo.InvariantCulture, $"RocketAspire.Server isn't built: there is no {path}"));
    }

    private void Write(string name, string text)
    {
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.Length > 0 ? "#!/bin/sh\n" + text.ReplaceLineEndings("\n") + "\n" : "");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
