// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>State of a logical unit in a file of its own, replaced by renaming: a reader sees the old content or the new one.</summary>
public sealed class FileUnitStateStore : IUnitStateStore
{
    private readonly string _temporary;

    /// <summary>What <see cref="LogicalUnitOptions.ReservationStore"/> keeps.</summary>
    public const string Reservations = "reservations";

    /// <summary>What <see cref="LogicalUnitOptions.MediumStore"/> keeps.</summary>
    public const string Medium = "medium";

    /// <summary>Names the file; nothing is opened or created yet.</summary>
    /// <param name="directory">The state directory; created when something is saved.</param>
    /// <param name="unitSerialNumber">The unit's serial number, of which the file's name is made.</param>
    /// <param name="content">What it keeps: <see cref="Reservations"/> or <see cref="Medium"/>.</param>
    /// <exception cref="ArgumentException">The serial number is empty.</exception>
    public FileUnitStateStore(string directory, string unitSerialNumber, string content = Reservations)
    {
        ArgumentException.ThrowIfNullOrEmpty(unitSerialNumber);

        // The serial number may be anything: hex never leaves the directory and never meets another unit's.
        string name = unitSerialNumber.All(static character => char.IsAsciiLetterOrDigit(character) || character == '-')
            ? unitSerialNumber
            : $"x{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(unitSerialNumber))}";
        Location = Path.Combine(directory, $"{name}.{content}.json");
        _temporary = Location + ".new";
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public byte[]? Load() => File.Exists(Location) ? File.ReadAllBytes(Location) : null;

    /// <inheritdoc/>
    public void Save(ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Location)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
        };
        if (OperatingSystem.IsLinux())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(_temporary, options);
        file.Write(content);
        file.Flush(flushToDisk: true);
        File.Move(_temporary, Location, overwrite: true);

        // Linux file systems write the renaming with the file's own metadata: without this it might still be on its way.
        file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Remove() => File.Delete(Location);
}
