using System.Diagnostics;
using RocketAspire.Store.TestSupport;
using RocketAspire.TestSupport;
using static RocketAspire.Store.Tests.StoreTesting;

namespace RocketAspire.Store.Tests;

public sealed class FileSystemTests
{
    [Fact]
    public async Task A_store_of_default_sizes_takes_little_disk()
    {
        using var folder = new TemporaryFolder();
        var options = new StoreOptions { RootDirectory = folder["store"], Flush = FlushDiskType.Sync };
        await using (var store = await OpenAsync(new FileSystemDevice(), options))
        {
            for (var i = 0; i < 100; i++) await store.StoreAsync(Message($"m{i}", queueId: i % 8, uniqKey: $"7F0000010000{i}", keys: "k"));
            for (var queue = 0; queue < 4; queue++) await store.SeesAsync(13, queueId: queue);
        }

        Assert.Equal(1L << 30, new FileInfo(Path.Combine(folder["store"], "commitlog", "00000000000000000000")).Length);
        Assert.Equal(40 + (5_000_000L * 4) + (20_000_000L * 20), new DirectoryInfo(Path.Combine(folder["store"], "index")).GetFiles()[0].Length);
        if (!OperatingSystem.IsLinux()) Assert.Skip("Used disk is asked of du, which is tried on Linux only.");
        var used = DiskKilobytes(folder["store"]);
        Assert.True(used < 4096, $"{used} KiB for 100 messages");
    }

    [Fact]
    public async Task A_second_opener_is_told_in_one_line_who_has_the_folder()
    {
        using var folder = new TemporaryFolder();
        var options = Options with { RootDirectory = folder["store"] };
        await using (await OpenAsync(new FileSystemDevice(), options))
        {
            var error = await Assert.ThrowsAsync<StoreLockedException>(() => OpenAsync(new FileSystemDevice(), options));
            Assert.Contains(folder["store"], error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }

        await using var after = await OpenAsync(new FileSystemDevice(), options);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAnyAsync<IOException>(() => OpenAsync(new FileSystemDevice(), Options with { RootDirectory = Path.Combine(folder["file"], "store") }));

        Assert.Contains(folder["file"], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Real_files_give_back_what_was_stored_after_a_cut_and_restarts()
    {
        using var folder = new TemporaryFolder();
        var options = Options with { RootDirectory = folder["store"] };
        long cut = 0;
        await using (var store = await OpenAsync(new FileSystemDevice(), options))
        {
            for (var i = 0; i < 30; i++)
            {
                var result = await store.StoreAsync(Message($"m{i}" + new string('x', 400)));
                if (i == 19) cut = result.EndOffset;
            }

            await store.SeesAsync(30);
            await store.TruncateAsync(cut);
        }

        await using var again = await OpenAsync(new FileSystemDevice(), options);
        Assert.Equal(cut, again.MaxPhysicalOffset);
        Assert.Equal(20, again.Bodies().Count);
        await again.StoreAsync(Message("next"));
        await again.SeesAsync(21);
    }

    [Fact]
    public async Task A_state_file_is_the_old_or_the_new_one_whenever_power_goes()
    {
        for (var at = 1; at < 30; at++)
        {
            for (var seed = 0; seed < 4; seed++)
            {
                var device = new PowerLossDevice((at * 4) + seed);
                var path = "/store/config/topics.json";
                device.CreateDirectory("/store");
                device.FlushDirectory("/");
                await new StateFile(path, device).WriteAsync("first"u8.ToArray(), TestContext.Current.CancellationToken);
                device.PowerOffAt = device.Operations + at;
                var written = false;
                try
                {
                    await new StateFile(path, device).WriteAsync("second"u8.ToArray(), TestContext.Current.CancellationToken);
                    written = true;
                }
                catch (IOException)
                {
                    // The power went.
                }

                device.PowerOff();
                var after = device.PowerCycle();
                var content = await new StateFile(path, after).ReadAsync(TestContext.Current.CancellationToken);
                var text = content is null ? "nothing" : System.Text.Encoding.UTF8.GetString(content);
                Assert.True(text == "second" || (!written && text == "first"), $"power off at {at}, seed {seed}: {text}");
            }
        }
    }

    [Fact]
    public async Task A_state_file_that_is_empty_or_missing_is_read_from_its_backup()
    {
        using var folder = new TemporaryFolder();
        var file = new StateFile(folder["topics.json"], new FileSystemDevice());
        Assert.Null(await file.ReadAsync(TestContext.Current.CancellationToken));
        await file.WriteAsync("one"u8.ToArray(), TestContext.Current.CancellationToken);
        await file.WriteAsync("two"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("two"u8.ToArray(), await file.ReadAsync(TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(folder["topics.json"], "", TestContext.Current.CancellationToken);
        Assert.Equal("one"u8.ToArray(), await file.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("one"u8.ToArray(), await file.ReadBackupAsync(TestContext.Current.CancellationToken));
        File.Delete(folder["topics.json"]);
        Assert.Equal("one"u8.ToArray(), await file.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static long DiskKilobytes(string path)
    {
        using var du = Process.Start(new ProcessStartInfo("du", ["-sk", path]) { RedirectStandardOutput = true })!;
        var line = du.StandardOutput.ReadToEnd();
        du.WaitForExit();
        return long.Parse(line.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
