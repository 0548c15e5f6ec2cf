// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>
/// One object of LIO's configuration, which is a directory in configfs. Nothing is kept in memory: a property is read when it is asked
/// for and written when it is set, and the same object may be held any number of times, by any number of programs.
/// </summary>
/// <remarks>
/// Any thread may use it. Every member throws <see cref="LioException"/> when the kernel refuses: <see cref="LioErrorKind.NotFound"/> when
/// the object has gone, <see cref="LioErrorKind.NotPermitted"/> when the caller is not root.
/// </remarks>
public abstract class LioObject : IEquatable<LioObject>
{
    private protected LioObject(Root root, string path)
    {
        Root = root;
        Path = path;
        Attributes = new AttributeSet(root.Files, path + "/attrib", "attribute");
        Parameters = new AttributeSet(root.Files, path + "/param", "parameter");
    }

    /// <summary>The tree that it is in.</summary>
    public Root Root { get; }

    /// <summary>Its directory in configfs.</summary>
    public string Path { get; }

    /// <summary>False once somebody has deleted it.</summary>
    public bool Exists => Files.IsDirectory(Path);

    /// <summary>The kernel's attributes of the object (<c>attrib/</c>), by name.</summary>
    public AttributeSet Attributes { get; }

    /// <summary>The iSCSI parameters of the object (<c>param/</c>), by their names in RFC 7143; none for other objects.</summary>
    public AttributeSet Parameters { get; }

    private protected IConfigFs Files => Root.Files;

    /// <summary>Deletes the object, and before it everything that depends on it. One that has gone already is no error.</summary>
    public abstract void Delete();

    /// <summary>The object and what is in it, as <c>saveconfig.json</c> keeps it.</summary>
    public abstract JsonObject Dump();

    /// <inheritdoc/>
    public bool Equals(LioObject? other) => other is not null && other.Path == Path;

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as LioObject);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    // Makes the directory or makes sure of it; true when it is new. What is meant by `what` is a noun with a name.
    private protected bool Make(ObjectMode mode, string what)
    {
        if (mode == ObjectMode.Attach || (mode == ObjectMode.Any && Exists))
        {
            return Exists ? false : throw new LioException(LioErrorKind.NotFound, $"{what} does not exist.") { Path = Path };
        }

        try
        {
            Files.MakeDirectory(Path);
            return true;
        }
        catch (LioException exception) when (exception.Kind == LioErrorKind.AlreadyExists && Exists)
        {
            return mode == ObjectMode.Any ? false : throw new LioException(LioErrorKind.AlreadyExists, $"{what} exists already.", exception) { Path = Path, Errno = exception.Errno };
        }
        catch (LioException exception)
        {
            throw exception.About($"{what} cannot be created");
        }
    }

    private protected void Remove()
    {
        try
        {
            Files.RemoveDirectory(Path);
        }
        catch (LioException exception) when (exception.Kind == LioErrorKind.NotFound)
        {
            return;
        }
        catch (LioException exception)
        {
            throw exception.About($"{this} cannot be deleted");
        }
    }

    private protected string ReadFile(string name) => Files.Read($"{Path}/{name}");

    private protected void WriteFile(string name, string value)
    {
        try
        {
            Files.Write($"{Path}/{name}", value);
        }
        catch (LioException exception)
        {
            throw exception.About($"{this}: {name} cannot be set");
        }
    }

    private protected bool HasFile(string name) => Files.IsFile($"{Path}/{name}");

    // The attributes and parameters that can be restored: those that the owner may both read and write.
    private protected JsonObject DumpSettings()
    {
        var dump = new JsonObject();
        if (Attributes.Dump(numbers: true) is { Count: > 0 } attributes)
        {
            dump["attributes"] = attributes;
        }

        if (Parameters.Dump(numbers: false) is { Count: > 0 } parameters)
        {
            dump["parameters"] = parameters;
        }

        return dump;
    }
}
