// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.File.Tests;

/// <summary>Gives out files in memory: for block devices and file systems that the machine does not have.</summary>
internal sealed class FakeFileSystem : IAsyncFileSystem
{
    private readonly Dictionary<string, FakeFile> _files = [];

    /// <summary>With which options files were opened, in order.</summary>
    public List<AsyncFileOptions> Opened { get; } = [];

    /// <summary>What a newly made file cannot be longer than.</summary>
    public long MaximumLengthBytes { get; init; } = long.MaxValue;

    public FakeFile Add(FakeFile file)
    {
        _files.Add(file.Path, file);
        return file;
    }

    public FakeFile this[string path] => _files[path];

    public bool Contains(string path) => _files.ContainsKey(path);

    public AsyncFile Open(string path, AsyncFileOptions options)
    {
        Opened.Add(options);
        if (!_files.TryGetValue(path, out FakeFile? file))
        {
            if (!options.HasFlag(AsyncFileOptions.Create))
            {
                throw new HandlerException(HandlerErrorKind.NotFound, $"'{path}' does not exist.");
            }

            file = Add(new FakeFile(path, 0) { MaximumLengthBytes = MaximumLengthBytes });
        }

        file.OpenCount++;
        return file;
    }
}
