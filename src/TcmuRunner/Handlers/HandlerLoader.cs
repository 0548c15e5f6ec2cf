// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers;

/// <summary>
/// Loads handlers from <c>DIRECTORY/SUBTYPE/TcmuRunner.Handlers.*.dll</c>, one load context for each assembly. One that does not load is
/// named in the log with the reason, and the others load.
/// </summary>
internal sealed class HandlerLoader(ILogger<HandlerLoader> logger)
{
    private const string FilePattern = "TcmuRunner.Handlers.*.dll";
    private const int MaximumSubtypeLength = 32;

    /// <summary>Loads what is there.</summary>
    /// <param name="directory">The folder with one folder for each handler; may be absent.</param>
    /// <param name="catalog">Receives the handlers.</param>
    internal void Load(string directory, HandlerCatalog catalog)
    {
        string[] folders;
        try
        {
            folders = Directory.GetDirectories(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.HandlerPathUnreadable(directory, exception.Message);
            return;
        }

        // The first of two handlers wins, and that must not depend on the order in which the file system has them.
        Array.Sort(folders, StringComparer.Ordinal);
        foreach (string folder in folders)
        {
            LoadFolder(folder, catalog);
        }
    }

    private void LoadFolder(string folder, HandlerCatalog catalog)
    {
        string[] files;
        try
        {
            files = Directory.GetFiles(folder, FilePattern);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.HandlerSkipped(folder, exception.Message);
            return;
        }

        if (files.Length == 0)
        {
            logger.HandlerSkipped(folder, $"no file in it is named {FilePattern}");
            return;
        }

        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
        {
            LoadFile(file, Path.GetFileName(folder), catalog);
        }
    }

    private void LoadFile(string file, string subtype, HandlerCatalog catalog)
    {
        List<HandlerManifest> manifests;
        var references = new List<string>();
        try
        {
            manifests = HandlerManifestReader.Read(file, references);
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            logger.HandlerSkipped(file, $"not a .NET assembly: {exception.Message}");
            return;
        }

        if (manifests.Count == 0)
        {
            logger.HandlerSkipped(file, "it names no handler: [assembly: Handler(typeof(...))] is missing");
            return;
        }

        // An assembly that serves the subtype of its folder may serve further ones: other names of the same thing.
        HandlerLoadContext? context = null;
        bool servesFolder = false;
        foreach (HandlerManifest manifest in manifests)
        {
            string? reason = IncompatibleReason(manifest);
            if (reason is null)
            {
                context ??= new HandlerLoadContext(file);
                reason = MissingReference(context, references) ?? Instantiate(context, file, manifest, subtype, ref servesFolder, catalog);
            }

            if (reason is not null)
            {
                logger.HandlerSkipped(file, reason);
            }
        }
    }

    private static string? IncompatibleReason(HandlerManifest manifest) =>
        manifest.ApiMajorVersion == HandlerApi.MajorVersion && manifest.ApiMinorVersion is >= 0 and <= HandlerApi.MinorVersion
            ? null
            : $"it was built for version {manifest.ApiMajorVersion}.{manifest.ApiMinorVersion} of the handler SDK, and this daemon has "
                + $"{HandlerApi.MajorVersion}.{HandlerApi.MinorVersion}";

    private static string? MissingReference(HandlerLoadContext context, List<string> references)
    {
        foreach (string reference in references)
        {
            if (!context.CanResolve(reference))
            {
                return $"it needs '{reference}', which is neither in its folder nor part of .NET";
            }
        }

        return null;
    }

    private string? Instantiate(
        HandlerLoadContext context,
        string file,
        HandlerManifest manifest,
        string folderName,
        ref bool servesFolder,
        HandlerCatalog catalog)
    {
        HandlerDescription description;
        IHandler handler;
        try
        {
            Type type = context.LoadFromAssemblyPath(file).GetType(manifest.TypeName, throwOnError: true)!;
            if (!type.IsAssignableTo(typeof(IHandler)))
            {
                return $"'{manifest.TypeName}' does not implement IHandler";
            }

            handler = (IHandler)Activator.CreateInstance(type)!;
            description = handler.Description;
        }
        catch (Exception exception)
        {
            // Anything may come out of a stranger's constructor, and none of it may keep the other handlers from serving.
            Exception cause = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
            logger.HandlerFailed(cause, file);
            return $"'{manifest.TypeName}' cannot be made: {cause.GetType().Name}: {cause.Message}";
        }

        string subtype = description.Subtype;
        if (!IsSubtype(subtype))
        {
            return $"its subtype '{subtype}' is not 1 to {MaximumSubtypeLength} lower-case letters and digits";
        }

        if (subtype != folderName && !servesFolder)
        {
            return $"its subtype '{subtype}' is not the name of its folder '{folderName}'";
        }

        if (!catalog.TryAdd(subtype, handler))
        {
            return $"another handler of subtype '{subtype}' is already loaded";
        }

        servesFolder = true;
        logger.HandlerLoaded(subtype, description.DisplayName, file);
        return null;
    }

    private static bool IsSubtype(string? subtype)
    {
        if (subtype is not { Length: > 0 and <= MaximumSubtypeLength })
        {
            return false;
        }

        foreach (char character in subtype)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character))
            {
                return false;
            }
        }

        return true;
    }
}
