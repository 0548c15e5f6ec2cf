// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Saving;

/// <summary>What the steps of a plan share while they are carried out.</summary>
internal sealed class PlanContext(Root root)
{
    private readonly List<string> _problems = [];
    private StorageIndex? _storage;

    internal Root Root { get; } = root;

    internal StorageIndex Storage => _storage ??= new StorageIndex(Root);

    internal IReadOnlyList<string> Problems => _problems;

    internal void Report(string problem) => _problems.Add(problem);

    /// <summary>Forgets what storage objects there are, after some were deleted.</summary>
    internal void StorageChanged() => _storage = null;

    internal StorageObject FindStorage(string plugin, string name) =>
        Storage.PathOf(plugin, name) is { } path && StorageObject.At(Root, path) is { } storage
            ? storage
            : throw new LioException(LioErrorKind.NotFound, $"There is no storage object {plugin}/{name}.");

    /// <summary>Carries out what may fail without making the rest pointless, and notes the failure.</summary>
    internal void Try(Action action)
    {
        try
        {
            action();
        }
        catch (LioException exception)
        {
            Report(exception.Message);
        }
    }

    /// <summary>Gives attributes the values that they do not have already: some refuse to be written, though not to be.</summary>
    internal void Set(AttributeSet attributes, LioObject owner, IEnumerable<(string Name, string Value)> settings)
    {
        foreach ((string name, string value) in settings)
        {
            Try(() =>
            {
                if (!attributes.Contains(name))
                {
                    throw new LioException(LioErrorKind.NotSupported, $"{owner}: this kernel has no '{name}'.");
                }

                if (attributes[name] != value)
                {
                    attributes[name] = value;
                }
            });
        }
    }
}
