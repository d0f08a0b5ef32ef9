using System.Diagnostics.CodeAnalysis;
using OfflineAspire;

namespace Aspire.Hosting
{
    [Experimental("ASPIREFILESYSTEM001")]
    public interface IFileSystemService
    {
        ITempFileSystemService TempDirectory { get; }
    }

    [Experimental("ASPIREFILESYSTEM001")]
    public interface ITempFileSystemService
    {
        TempDirectory CreateTempSubdirectory(string? prefix = null);

        TempFile CreateTempFile(string? fileName = null);
    }

    [Experimental("ASPIREFILESYSTEM001")]
    public abstract class TempDirectory : IDisposable
    {
        public abstract string Path { get; }

        public abstract void Dispose();
    }

    [Experimental("ASPIREFILESYSTEM001")]
    public abstract class TempFile : IDisposable
    {
        public abstract string Path { get; }

        public abstract void Dispose();
    }
}

namespace OfflineAspire
{
#pragma warning disable ASPIREFILESYSTEM001 // Its own implementation.
    /// <summary>Temporary folders that go with the application; the guardian removes them when the AppHost was killed.</summary>
    internal sealed class TemporaryFiles(GuardianClient guardian) : Aspire.Hosting.IFileSystemService, Aspire.Hosting.ITempFileSystemService, IDisposable
    {
        private readonly HashSet<string> _folders = [];
        private readonly Lock _gate = new();

        public Aspire.Hosting.ITempFileSystemService TempDirectory => this;

        public Aspire.Hosting.TempDirectory CreateTempSubdirectory(string? prefix = null) => new Folder(this, Create(prefix ?? "aspire-"));

        public Aspire.Hosting.TempFile CreateTempFile(string? fileName = null)
        {
            string folder = Create("aspire-");
            string path = Path.Combine(folder, fileName ?? Path.GetRandomFileName());
            File.Create(path).Dispose();
            return new OneFile(this, folder, path);
        }

        public void Dispose()
        {
            string[] left;
            lock (_gate)
            {
                left = [.. _folders];
            }
            foreach (string folder in left)
            {
                Remove(folder);
            }
        }

        /// <summary>Tries for two seconds: a process that is just ending may still write into it.</summary>
        public static void DeleteFolder(string path)
        {
            for (int attempt = 0; attempt < 20; attempt++)
            {
                try
                {
                    Directory.Delete(path, recursive: true);
                    return;
                }
                catch (DirectoryNotFoundException)
                {
                    return;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Thread.Sleep(100);
                }
            }
        }

        private string Create(string prefix)
        {
            string path = Directory.CreateTempSubdirectory(prefix).FullName;
            lock (_gate)
            {
                _folders.Add(path);
            }
            guardian.KeepFolder(path);
            return path;
        }

        private void Remove(string path)
        {
            DeleteFolder(path);
            lock (_gate)
            {
                _folders.Remove(path);
            }
            guardian.ForgetFolder(path);
        }

        private sealed class Folder(TemporaryFiles owner, string path) : Aspire.Hosting.TempDirectory
        {
            public override string Path => path;

            public override void Dispose() => owner.Remove(path);
        }

        private sealed class OneFile(TemporaryFiles owner, string folder, string path) : Aspire.Hosting.TempFile
        {
            public override string Path => path;

            public override void Dispose() => owner.Remove(folder);
        }
    }
#pragma warning restore ASPIREFILESYSTEM001
}
